import { SvelteMap } from 'svelte/reactivity';
import { LogBuffer, type LogLine } from '$lib/kit';
import type { CheckLog, CheckView, Push } from '$lib/wire/wire';

type Output = Extract<Push, { push: 'output' }>;

/** Outputs kept at once, one a check. More than any policy has; the oldest goes. */
const MAX_OUTPUTS = 64;

/** What a run said, as far as it is known here. */
export class RunOutput {
  lines = $state.raw<LogLine[]>([]);
  /** Pieces were lost on the way here; the kept log has them once the run is over. */
  holed = $state(false);
  /** The kept log was read: nothing follows. */
  whole = $state(false);
  droppedBytes = $state(0);
  #buffer = new LogBuffer();
  #next = 0;

  constructor(
    readonly check: string,
    readonly run: string,
  ) {}

  take(output: Output): void {
    if (this.whole) return;
    if (output.seq !== this.#next) this.holed = true;
    this.#next = output.seq + 1;
    this.lines = this.#buffer.append(output.text);
  }

  keep(log: CheckLog): void {
    this.#buffer = new LogBuffer();
    this.lines = this.#buffer.append(log.text);
    this.droppedBytes = log.dropped_bytes;
    this.holed = false;
    this.whole = true;
  }
}

/** Newest output of each check. */
export class Runs {
  readonly #outputs = new SvelteMap<string, RunOutput>();

  of(check: string): RunOutput | undefined {
    return this.#outputs.get(check);
  }

  take(output: Output): void {
    let known = this.#outputs.get(output.check);
    if (known?.run !== output.run) known = this.#put(new RunOutput(output.check, output.run));
    known.take(output);
  }

  keep(log: CheckLog): void {
    let known = this.#outputs.get(log.check);
    if (known?.run !== log.run) known = this.#put(new RunOutput(log.check, log.run));
    known.keep(log);
  }

  /** Checks whose shown run is over although its output here may be incomplete. */
  over(checks: CheckView[]): string[] {
    return checks
      .filter((check) => {
        const output = this.#outputs.get(check.name);
        return output && !output.whole && check.state !== 'running' && check.run === output.run;
      })
      .map((check) => check.name);
  }

  clear(): void {
    this.#outputs.clear();
  }

  #put(output: RunOutput): RunOutput {
    this.#outputs.delete(output.check);
    this.#outputs.set(output.check, output);
    const [oldest] = this.#outputs.keys();
    if (this.#outputs.size > MAX_OUTPUTS && oldest !== undefined) this.#outputs.delete(oldest);
    return output;
  }
}
