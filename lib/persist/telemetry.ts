import type * as otel from '@opentelemetry/api';
import type { Message } from './mailbox.js';

/*
 * Spans and metrics through `@opentelemetry/api`, an optional peer: where it is not installed, nothing is measured. Its types appear
 * in no public declaration.
 */

type Api = typeof otel;

const NAME = 'termstore';

let api: Api | undefined;
try {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- it may be missing, and bundlers know this form
  api = require('@opentelemetry/api') as Api;
} catch {
  // Not installed: nobody asks for telemetry.
}

/** Runs one append and measures it. */
export type AppendMeter = (events: number, append: () => Promise<void>) => Promise<void>;

/** Told that a message was handled, or why not. */
export type Handled = (failure?: { readonly error: unknown }) => void;

/** The spans and metrics of one process. */
export interface ProcessTelemetry {
  /** Undefined where nothing is measured. */
  readonly append: AppendMeter | undefined;
  /** Runs the recovery and measures it; `replayed` tells how many events it took. */
  recover<T>(work: () => Promise<T>, replayed: (result: T) => number): Promise<T>;
  /** Runs the handler of a message inside a span that belongs to the caller's. */
  handle(message: Message, work: (message: Message, done: Handled | undefined) => void): void;
  /** What the caller is in the middle of. */
  here(): unknown;
  mailbox(change: number): void;
}

const silent: ProcessTelemetry = {
  append: undefined,
  recover: (work) => work(),
  handle: (message, work) => work(message, undefined),
  here: () => undefined,
  mailbox: () => undefined,
};

/** Made when a process starts, so that a provider that was registered before is used. Where there is none, nothing is measured. */
export function telemetryOf(persistId: string): ProcessTelemetry {
  return api === undefined || !(isTraced(api) || isMetered(api)) ? silent : new Telemetry(api, persistId);
}

function isTraced({ trace, ProxyTracerProvider }: Api): boolean {
  const provider = trace.getTracerProvider();
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer(NAME) !== undefined;
}

function isMetered({ metrics, createNoopMeter }: Api): boolean {
  return metrics.getMeter(NAME) !== createNoopMeter();
}

class Telemetry implements ProcessTelemetry {
  readonly #api: Api;
  readonly #tracer: otel.Tracer;
  /** Nobody looks at spans, only at metrics: they are not made, which would cost more than all the rest of a message. */
  readonly #untraced: otel.Span | undefined;
  readonly #attributes: otel.Attributes;
  readonly #appendTime: otel.Histogram;
  readonly #batch: otel.Histogram;
  readonly #recovery: otel.Histogram;
  readonly #mailbox: otel.UpDownCounter;

  constructor(api: Api, persistId: string) {
    this.#api = api;
    this.#tracer = api.trace.getTracer(NAME);
    this.#untraced = isTraced(api) ? undefined : api.trace.wrapSpanContext(api.INVALID_SPAN_CONTEXT);
    this.#attributes = { 'termstore.persist.id': persistId };
    const meter = api.metrics.getMeter(NAME);
    const seconds = { unit: 's', description: 'From the call to the answer of the store' };
    this.#appendTime = meter.createHistogram('termstore.persist.append.duration', seconds);
    this.#batch = meter.createHistogram('termstore.persist.append.events', {
      unit: '{event}',
      description: 'Events that one append of a process holds',
    });
    this.#recovery = meter.createHistogram('termstore.persist.recovery.duration', {
      unit: 's',
      description: 'From start() until the first message may be handled',
    });
    this.#mailbox = meter.createUpDownCounter('termstore.persist.mailbox.length', {
      unit: '{message}',
      description: 'Messages that wait to be handled',
    });
  }

  readonly append = async (events: number, append: () => Promise<void>): Promise<void> => {
    const startedAt = performance.now();
    await this.#span('termstore.persist.append', { 'termstore.persist.events': events }, undefined, append);
    this.#appendTime.record((performance.now() - startedAt) / 1000);
    this.#batch.record(events);
  };

  async recover<T>(work: () => Promise<T>, replayed: (result: T) => number): Promise<T> {
    const startedAt = performance.now();
    const result = await this.#span('termstore.persist.recover', {}, undefined, async (span) => {
      const found = await work();
      span.setAttribute('termstore.persist.events', replayed(found));
      return found;
    });
    this.#recovery.record((performance.now() - startedAt) / 1000);
    return result;
  }

  handle(message: Message, work: (message: Message, done: Handled | undefined) => void): void {
    const attributes = { 'termstore.persist.message': message.kind };
    const parent = message.context as otel.Context | undefined;
    const handled = (): Promise<void> =>
      new Promise((resolve, reject) => {
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what the handler threw
        work(message, (failure) => (failure === undefined ? resolve() : reject(failure.error)));
      });
    // Whoever asked is told by the process itself.
    this.#span('termstore.persist.handle', attributes, parent, handled).catch(() => undefined);
  }

  here(): otel.Context {
    return this.#api.context.active();
  }

  mailbox(change: number): void {
    this.#mailbox.add(change, this.#attributes);
  }

  #span<T>(
    name: string,
    attributes: otel.Attributes,
    parent: otel.Context | undefined,
    work: (span: otel.Span) => Promise<T>,
  ): Promise<T> {
    if (this.#untraced !== undefined) return work(this.#untraced);
    const options = { attributes: { ...this.#attributes, ...attributes } };
    return this.#tracer.startActiveSpan(name, options, parent ?? this.here(), async (span) => {
      try {
        return await work(span);
      } catch (error) {
        span.recordException(error instanceof Error ? error : String(error));
        span.setStatus({ code: 2 satisfies otel.SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    });
  }
}
