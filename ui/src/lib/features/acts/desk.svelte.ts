import { createContext } from 'svelte';
import { asFault, type Called, type Confirmed } from '$lib/backend/backend';
import type { Toasts } from '$lib/kit';
import type { Workspace } from '$lib/state/workspace.svelte';
import { words as connectionWords } from '$lib/text/connections.en';
import { words } from '$lib/text/release.en';
import type { ActKind, ActView, ConnectPlan, Fault, Forward, Reply, Saw } from '$lib/wire/wire';

/** A form that is filled in here, in place. What must be confirmed elsewhere has none. */
export type Form =
  | { form: 'hold' | 'lift' | 'rollback' | 'freeze' | 'candidate' | 'close' | 'leave' }
  | { form: 'attest'; criterion: string; title: string }
  | { form: 'saw'; saw: Saw };

/** An act that was refused, until it is dismissed or another one begins. */
export interface Refused {
  act: string;
  fault: Fault;
}

/** An act on its way. */
export interface Pending {
  act: string;
  /** A person is asked in the confirm window. */
  confirming: boolean;
}

type Done = keyof typeof words.acts.done;

/**
 * Where acts begin: every button and key of both screens ends here. It knows which act needs a form, which the
 * confirm window and which neither, and it keeps what was refused.
 */
export class Desk {
  form = $state.raw<Form>();
  refused = $state.raw<Refused>();
  pending = $state.raw<Pending>();

  constructor(
    readonly workspace: Workspace,
    readonly toasts: Toasts,
  ) {}

  get name(): string {
    const head = this.workspace.view?.head;
    return head ? `${head.project} ${head.version}` : '';
  }

  open(form: Form): void {
    this.refused = undefined;
    this.form = form;
  }

  /** Says that an act is not possible now, before the engine is asked. */
  refuse(act: string, line: string): void {
    this.refused = { act, fault: notNow(line) };
  }

  dismiss(): void {
    this.refused = undefined;
  }

  /** Asks the engine for something that needs no second look. */
  call(act: string, request: Called, done?: Done): Promise<Fault | null> {
    return this.#carry({ act, confirming: false }, () => this.workspace.backend.call(request), done);
  }

  /** Asks for something a person confirms in a window of its own. */
  ask(act: string, request: Confirmed, done?: Done): Promise<Fault | null> {
    return this.#carry({ act, confirming: true }, () => this.workspace.backend.ask(request), done);
  }

  /** The same, keeping a refusal for everybody to see. Forms keep theirs for themselves. */
  async tell(act: string, result: Promise<Fault | null>): Promise<void> {
    this.refused = undefined;
    const fault = await result;
    if (fault) this.refused = { act, fault };
  }

  /** The forward step. What is refused here says what is missing. */
  async forward(step: Forward | null = this.workspace.view?.rollout.decision.step ?? null): Promise<void> {
    const view = this.workspace.view;
    if (!view) return;
    const label = view.rollout.decision.forward ?? words.acts.advance;
    if (!step) {
      this.refused = { act: label, fault: notNow(view.rollout.decision.line) };
      return;
    }
    const { which } = this.workspace;
    if (view.rollout.decision.refusing) {
      // The engine names what is missing better than the page could; a preview never changes anything.
      await this.tell(label, this.#why({ do: 'preview', which, step }, view.rollout.decision.line));
      return;
    }
    const request: Confirmed = { do: 'move', which, step, expect: view.head.position };
    await this.tell(label, this.ask(label, request, 'move'));
  }

  /** Runs checks; a check that fails has run all the same and shows so in its own place. */
  async check(names: string[]): Promise<void> {
    this.refused = undefined;
    const { which } = this.workspace;
    const act = names.join(', ') || words.plan.runMissing;
    const fault = await this.call(act, { do: 'check', which, names });
    if (!fault) return;
    if (fault.code === 'not_ready' && fault.missing.length === 0)
      this.toasts.push({ state: 'fail', title: words.checks.failed(act), detail: fault.message });
    else this.refused = { act, fault };
  }

  async stop(name: string): Promise<void> {
    const { which } = this.workspace;
    await this.tell(
      name,
      this.#carry(undefined, () => this.#call({ do: 'cancel_check', which, name })),
    );
  }

  async reconcile(saw: Saw | null = null): Promise<Fault | null> {
    const { which } = this.workspace;
    return this.call(words.decide.look, { do: 'reconcile', which, saw }, 'reconcile');
  }

  look(): Promise<void> {
    return this.tell(words.decide.look, this.reconcile());
  }

  /** Connects a service, or replaces its token; the token is typed in the confirm window. */
  async connect(plan: ConnectPlan, replaces: boolean): Promise<void> {
    const { working, done } = connectionWords;
    const act = replaces ? working.replace(plan.name) : working.connect(plan.name);
    const told = (reply: Reply) => {
      const owner = reply.reply === 'connection' ? reply.data.identity : null;
      return replaces ? done.replace(plan.name) : done.connect(plan.name, owner ?? connectionWords.nobody);
    };
    await this.tell(
      act,
      this.#settle(act, true, () => this.workspace.backend.connect(plan), told),
    );
  }

  async unlock(): Promise<void> {
    const act = connectionWords.working.unlock;
    const send = () => this.workspace.backend.unlock();
    await this.tell(
      act,
      this.#settle(act, true, send, () => connectionWords.done.unlock),
    );
  }

  async removeConnection(name: string): Promise<void> {
    const act = connectionWords.working.remove(name);
    const send = () => this.workspace.backend.ask({ do: 'remove_connection', name });
    await this.tell(
      act,
      this.#settle(act, true, send, () => connectionWords.done.remove(name)),
    );
  }

  /**
   * Asks the service of a connection. What does not work is an answer and is shown in its own place.
   * @returns whether it was asked at all
   */
  async test(name: string): Promise<boolean> {
    this.refused = undefined;
    const act = connectionWords.working.test(name);
    const send = () => this.#call({ do: 'test_connection', name });
    const fault = await this.#settle(act, false, send, (reply) => {
      const owner = reply.reply === 'connection' ? reply.data.identity : null;
      return connectionWords.done.test(name, owner ?? connectionWords.nobody);
    });
    if (fault?.code === 'needs_passphrase') this.refused = { act, fault };
    else if (fault)
      this.toasts.push({ state: 'fail', title: connectionWords.doesNot(name), detail: fault.message });
    return fault?.code !== 'needs_passphrase';
  }

  /** An act that is about no release. */
  #settle(act: string, confirming: boolean, send: () => Promise<Reply>, told: (reply: Reply) => string) {
    return this.#carry({ act, confirming }, async () => {
      const reply = await send();
      this.toasts.push({ state: 'pass', title: told(reply) });
      return reply;
    });
  }

  /** Everything that is not approved yet, in one question. */
  async approve(): Promise<void> {
    const { which } = this.workspace;
    const act = words.acts.approve;
    await this.tell(
      act,
      this.#carry(
        { act, confirming: true },
        async () => {
          const reply = await this.#call({ do: 'approvals', which });
          const open = reply.reply === 'approvals' ? reply.data.filter((one) => !one.approved) : [];
          const askable = open.filter((one) => one.problem === null);
          const problem = open.find((one) => one.problem !== null);
          if (askable.length === 0)
            throw notNow(problem ? `${problem.subject}: ${problem.problem}` : words.acts.nothingToApprove);
          const digests = askable.map((one) => one.digest);
          return this.workspace.backend.ask({ do: 'approve', which, digests });
        },
        'approve',
      ),
    );
  }

  async keepReport(): Promise<void> {
    this.refused = undefined;
    try {
      const path = await this.workspace.backend.keepReport(this.workspace.which);
      const copy = { label: words.acts.copy, run: () => void navigator.clipboard.writeText(path) };
      this.toasts.push({ state: 'pass', title: words.acts.done.report, detail: path, action: copy });
    } catch (problem) {
      this.refused = { act: words.plan.report, fault: asFault(problem) };
    }
  }

  /** Whether a check waits for the approval of its command. */
  unapproved(check: string): boolean {
    return this.workspace.view?.checks.some((one) => one.name === check && one.approved === false) ?? false;
  }

  /** What pressing the button of an act does. */
  async begin(act: ActView): Promise<void> {
    const { kind } = act;
    switch (kind.act) {
      case 'run_check':
        return this.unapproved(kind.check) ? this.approve() : this.check([kind.check]);
      case 'attest':
        return this.open({
          form: 'attest',
          criterion: kind.criterion,
          title: this.#criterion(kind.criterion),
        });
      case 'approve':
        return this.approve();
      case 'freeze':
      case 'candidate':
      case 'lift':
      case 'close':
        return this.open({ form: kind.act });
      case 'deploy':
        return this.#deploy(act.title, kind);
      case 'advance':
        return this.forward();
      case 'reconcile':
        return this.look();
      case 'wait':
        return;
    }
  }

  async #deploy(act: string, kind: Extract<ActKind, { act: 'deploy' }>): Promise<void> {
    const position = this.workspace.view?.head.position ?? '';
    const step: Forward = { step: 'deploy', environment: kind.environment };
    const request: Confirmed = { do: 'move', which: this.workspace.which, step, expect: position };
    await this.tell(act, this.ask(act, request, 'move'));
  }

  #criterion(name: string): string {
    const gates = this.workspace.view?.phases.flatMap((phase) => phase.gates) ?? [];
    return gates.flatMap((gate) => gate.criteria).find((one) => one.name === name)?.title ?? name;
  }

  #call(request: Called): Promise<Reply> {
    return this.workspace.backend.call(request);
  }

  /** The refusal a request meets; where it meets none, the page's own line is the reason. */
  async #why(request: Called, line: string): Promise<Fault> {
    try {
      await this.#call(request);
      return notNow(line);
    } catch (problem) {
      return asFault(problem);
    }
  }

  async #carry(pending: Pending | undefined, send: () => Promise<Reply>, done?: Done): Promise<Fault | null> {
    if (pending) this.pending = pending;
    const hand = document.activeElement;
    try {
      this.workspace.adopt(await send());
      if (done) this.#praise(done, pending?.act);
      return null;
    } catch (problem) {
      const fault = asFault(problem);
      // A person who said no knows it.
      return fault.code === 'cancelled' ? null : fault;
    } finally {
      if (pending && this.pending === pending) this.pending = undefined;
      if (pending?.confirming) giveBack(hand);
      this.workspace.progress = undefined;
    }
  }

  #praise(done: Done, act = ''): void {
    const detail = this.workspace.view?.bearing.may_move.answer;
    const title = done === 'move' ? words.acts.moved(act) : words.acts.done[done];
    this.toasts.push({ state: 'pass', title, detail });
  }
}

/** The focus goes back to where a question took it from, unless it went on by itself. */
function giveBack(hand: Element | null): void {
  if (document.activeElement === document.body && hand instanceof HTMLElement && hand.isConnected)
    hand.focus();
}

/** A refusal found before the engine was asked. */
export function notNow(message: string): Fault {
  return { code: 'refused', message, help: null, missing: [] };
}

export const [getDesk, setDesk] = createContext<Desk>();
