export * from './digest';
export * from './duration';
export * from './name';
export * from './number';
export * from './space';
export * from './time';
