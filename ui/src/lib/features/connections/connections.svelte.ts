import { asFault, type Backend } from '$lib/backend/backend';
import { words, type Remedy } from '$lib/text/connections.en';
import type { ConnectionView, ConnectionsView, ConnectPlan, Fault, StoreView } from '$lib/wire/wire';

/** Where a person may choose to keep a token. */
export type Keeper = 'keychain' | 'vault';

/** What can be done with a connection, the most useful first; its number is its key. */
export type Act = Exclude<Remedy, 'none'> | 'remove';

/** What is connected and what policies ask for, read while somebody looks at it. */
export class Connections {
  view = $state.raw<ConnectionsView>();
  /** Asked apart from the rest: a keychain may take its time. */
  stores = $state.raw<StoreView[]>();
  fault = $state.raw<Fault>();
  #asked = 0;

  constructor(readonly backend: Backend) {}

  async read(): Promise<void> {
    const asked = (this.#asked += 1);
    try {
      const reply = await this.backend.call({ do: 'connections', folder: null, stores: false });
      if (asked !== this.#asked || reply.reply !== 'connections') return;
      this.view = reply.data;
      this.fault = undefined;
    } catch (problem) {
      if (asked === this.#asked) this.fault = asFault(problem);
    }
  }

  async readStores(): Promise<void> {
    try {
      const reply = await this.backend.call({ do: 'connections', folder: null, stores: true });
      if (reply.reply === 'connections') this.stores = reply.data.stores;
    } catch (problem) {
      // What cannot be asked is as absent as one that does not answer.
      this.stores = [{ store: 'keychain', stand: 'failed', state: 'fail', text: asFault(problem).message }];
    }
  }
}

/** Whether somebody has to do something about it. */
export function isOpen(one: ConnectionView): boolean {
  return one.stand !== 'fine' && one.stand !== 'token_free';
}

/** Those that need somebody first, then by name. */
export function inOrder(list: ConnectionView[]): ConnectionView[] {
  return list.toSorted((a, b) => Number(isOpen(b)) - Number(isOpen(a)) || a.name.localeCompare(b.name));
}

/** The acts of a connection, the remedy first. In a rehearsal there is nothing to change. */
export function actsOf(one: ConnectionView, practising: boolean): Act[] {
  const { remedy } = words.stands[one.stand];
  if (practising) return one.connected === null ? [] : ['test'];
  if (one.connected === null) return remedy === 'none' ? [] : ['connect'];
  const first: Act[] = remedy === 'none' ? [] : [remedy];
  const all: Act[] = [...first, 'test', 'replace', 'remove'];
  return all.filter((act, at) => all.indexOf(act) === at);
}

/** Where the connection is described that a policy wants; without one it is described nowhere here. */
export function planOf(one: ConnectionView, act: Act, keeper: Keeper): ConnectPlan | undefined {
  const vault = keeper === 'vault';
  const plain = one.origin.startsWith('http://');
  if (act === 'replace')
    return {
      name: one.name,
      from: { from: 'pinned' },
      vault: vault && one.store !== 'vault',
      instead_of: null,
      allow_loopback_http: plain,
    };
  const wanted = one.wanted.find((want) => !want.met && want.folder !== null) ?? one.wanted[0];
  if (!wanted?.folder) return undefined;
  return {
    name: one.name,
    from: { from: 'policy', folder: wanted.folder },
    vault,
    instead_of: one.connected === null ? null : one.origin,
    allow_loopback_http: wanted.origin.startsWith('http://'),
  };
}
