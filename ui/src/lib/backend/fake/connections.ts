import type { ConnectionView, ConnectionsView, StoreView } from '$lib/wire/wire';
import type { FakeBackend } from '../fake';
import { HOUR, MINUTE, NOW } from './base';

const DAY = 24 * HOUR;

function connection(name: string, more: Partial<ConnectionView>): ConnectionView {
  return {
    name,
    service: 'vercel',
    origin: 'https://api.vercel.com',
    stand: 'fine',
    state: 'pass',
    text: 'it worked when it was last tested',
    identity: 'mara in acme',
    user: 'mara',
    team: 'acme',
    store: 'keychain',
    connected: NOW - 12 * DAY,
    by: 'mara',
    tested: NOW - 40 * MINUTE,
    failed: null,
    wanted: [
      { by: 'reserve-web 4.12.0', folder: '/srv/reserve-web', origin: 'https://api.vercel.com', met: true },
    ],
    ...more,
  };
}

const ABSENT = {
  identity: null,
  user: null,
  team: null,
  store: null,
  connected: null,
  by: null,
  tested: null,
};

/** One of each way in which a connection can stand that the pictures need. */
export const CONNECTIONS: ConnectionView[] = [
  connection('grafana', {
    service: 'prometheus',
    origin: 'https://metrics.acme.example',
    stand: 'none',
    state: 'no_data',
    text: 'not connected; run `seaworthy connect grafana`',
    ...ABSENT,
    wanted: [
      {
        by: 'field-forms 7.0.1',
        folder: '/srv/field-forms',
        origin: 'https://metrics.acme.example',
        met: false,
      },
    ],
  }),
  connection('prometheus', {
    service: 'prometheus',
    origin: 'http://127.0.0.1:9090',
    stand: 'token_free',
    state: 'not_applicable',
    text: 'asked without a token',
    ...ABSENT,
  }),
  connection('vercel', {}),
  connection('vercel-eu', {
    stand: 'other_origin',
    state: 'differs',
    text: 'the policy names https://api.vercel.example',
    wanted: [
      { by: 'docs-site 1.19', folder: '/srv/docs-site', origin: 'https://api.vercel.example', met: false },
    ],
  }),
  connection('vercel-staging', {
    stand: 'refused',
    state: 'fail',
    text: 'https://api.vercel.com refuses the token of vercel-staging (401)',
    tested: NOW - 3 * MINUTE,
    failed: NOW - 3 * MINUTE,
    store: 'vault',
    wanted: [],
  }),
];

export const STORES: StoreView[] = [
  { store: 'keychain', stand: 'fine', state: 'pass', text: 'Secret Service by gnome-keyring' },
  { store: 'vault', stand: 'passphrase', state: 'hold', text: 'waits for its passphrase' },
];

/** Answers as an engine does whose keychain is open. */
export function answerConnections(fake: FakeBackend): void {
  let view: ConnectionsView = { connections: CONNECTIONS, vault: 'locked', stores: [] };
  const set = (name: string, more: Partial<ConnectionView>) => {
    const connections = view.connections.map((one) => (one.name === name ? { ...one, ...more } : one));
    view = { ...view, connections };
    return connections.find((one) => one.name === name) ?? connection(name, more);
  };
  const fine = { stand: 'fine', state: 'pass', tested: NOW } as const;
  fake.on('connections', ({ stores }) => ({
    reply: 'connections',
    data: { ...view, stores: stores ? STORES : [] },
  }));
  fake.on('connect', ({ order }) => {
    const owner = { identity: 'mara in acme', user: 'mara', team: 'acme', store: 'keychain', by: 'mara' };
    return { reply: 'connection', data: set(order.plan.name, { ...fine, ...owner, connected: NOW }) };
  });
  fake.on('test_connection', ({ name }) => ({ reply: 'connection', data: set(name, fine) }));
  fake.on('remove_connection', ({ name }) => {
    view = { ...view, connections: view.connections.filter((one) => one.name !== name) };
    return { reply: 'done' };
  });
  fake.on('unlock', () => {
    view = { ...view, vault: 'open' };
    return { reply: 'done' };
  });
}
