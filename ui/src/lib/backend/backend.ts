// The page's door to the engine. Everything the interface asks goes through one `Backend`; who answers is not its affair.
import type { ConnectPlan, Fault, Push, Reply, Request, Which } from '$lib/wire/wire';

/** Ends a subscription. Pushes that are on their way may still arrive while it resolves, never after. */
export type Unsubscribe = () => Promise<void>;

/** Which engine the window is on. */
export type Ground = 'workspace' | 'rehearsal';

/** Requests that a person confirms outside this page: forward motion, approvals, and giving up a connection. */
export type Confirmed = Extract<Request, { do: 'move' | 'approve' | 'new_key' | 'remove_connection' }>;

/** Requests with a secret in them. This page never has one: see {@link Backend.connect} and {@link Backend.unlock}. */
type Secretive = 'connect' | 'unlock';

/** Every other request that has one answer. `subscribe` has none: use {@link Backend.subscribe}. */
export type Called = Exclude<Request, Confirmed | { do: Secretive | 'subscribe' }>;

/** Answer of a kind of request that is known to have exactly this kind of answer. */
export type ReplyOf<Kind extends Reply['reply']> = Extract<Reply, { reply: Kind }>;

/** Every promise rejects with a {@link Fault}, never with anything else. */
export interface Backend {
  /** Asks the engine. Hold and rollback go here; what must be confirmed is refused here. */
  call(request: Called): Promise<Reply>;
  /**
   * Shows what the request would do in the confirm window and carries it out after a yes.
   * Resolves with the answer; rejects with `cancelled` when the person cancels.
   */
  ask(request: Confirmed): Promise<Reply>;
  /**
   * Connects a service or replaces its token, which is typed in the confirm window and never comes here.
   * Resolves with the connection; rejects with `cancelled` when the person cancels.
   */
  connect(plan: ConnectPlan): Promise<Reply>;
  /** Opens the passphrase vault, or makes it; the passphrase is typed in the confirm window too. */
  unlock(): Promise<Reply>;
  /**
   * Hands over every push of the engine the window is on, until it is ended. It outlives a change of ground.
   * Pushes of a release arrive newest only; a hole in `output` means that the log should be read again.
   */
  subscribe(onPush: (push: Push) => void): Promise<Unsubscribe>;
  /** Which engine answers now. Read everything again when it changed. */
  ground(): Promise<Ground>;
  /** Puts the window on a fresh rehearsal; the workspace's engine stays open and goes on. */
  beginRehearsal(): Promise<void>;
  /** Leaves the rehearsal and puts the window back on the workspace. */
  leaveRehearsal(): Promise<void>;
  /** Writes the release's report beside the ledger it comes from and resolves with the whole path of the file. */
  keepReport(which: Which): Promise<string>;
}

/** Whether `value` is what a backend rejects with. */
export function isFault(value: unknown): value is Fault {
  return (
    typeof value === 'object' && value !== null && 'code' in value && 'message' in value && 'missing' in value
  );
}

/** `value` as a fault: itself, or one that says the host could not be reached. */
export function asFault(value: unknown): Fault {
  if (isFault(value)) return value;
  const message = value instanceof Error ? value.message : String(value);
  return { code: 'outside', message, help: null, missing: [] };
}
