import { Channel, invoke } from '@tauri-apps/api/core';
import type { Push, Reply, Request, Which } from '$lib/wire/wire';
import { asFault, type Backend, type Ground } from './backend';
import type { Confirming, Question } from './confirming';

async function command<T>(name: string, values?: Record<string, unknown>): Promise<T> {
  try {
    return await invoke<T>(name, values);
  } catch (error) {
    throw asFault(error);
  }
}

/** The engine behind this window. */
export const tauri: Backend = {
  call: (request: Request) => command<Reply>('call', { request }),
  ask: (request: Request) => command<Reply>('ask', { request }),
  connect: (plan) => command<Reply>('connect', { plan }),
  unlock: () => command<Reply>('unlock'),
  async subscribe(onPush) {
    let listening = true;
    const channel = new Channel<Push[]>((batch) => {
      for (const push of batch) if (listening) onPush(push);
    });
    await command('subscribe', { channel });
    return async () => {
      listening = false;
      await command('unsubscribe');
    };
  },
  ground: () => command<Ground>('ground'),
  beginRehearsal: () => command('begin_rehearsal'),
  leaveRehearsal: () => command('leave_rehearsal'),
  keepReport: (which: Which) => command<string>('keep_report', { which }),
};

/** The question of this confirming window. */
export const confirming: Confirming = {
  pending: () => command<Question>('confirm_pending'),
  answer: (nonce, yes, ticked, secret) => command('confirm_answer', { nonce, yes, ticked, secret }),
};
