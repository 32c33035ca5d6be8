// Each class from its own file: the main one also loads what serves clustered workers, and that opens a BroadcastChannel.
// @ts-types="./client_types/counter.d.ts"
import Counter from "@prometheus-io/client/lib/counter.js";
// @ts-types="./client_types/gauge.d.ts"
import Gauge from "@prometheus-io/client/lib/gauge.js";
// @ts-types="./client_types/histogram.d.ts"
import Histogram from "@prometheus-io/client/lib/histogram.js";
import type { Registry } from "@prometheus-io/client";
import { createLabelBound, type Label } from "./label.ts";
import { createTally, type Tally } from "./tally.ts";

/** One series, as it is declared: what docs/metrics.md shows. */
export interface SeriesDeclaration {
  readonly name: string;
  readonly type: "gauge" | "counter" | "histogram";
  readonly help: string;
  readonly labels: Readonly<Record<string, Label<string>>>;
}

type Values = Readonly<Record<string, string>>;
type LabelsOf<V extends Values> = { readonly [K in keyof V]: Label<V[K]> };

interface PlainGauge {
  set(value: number): void;
}
interface PlainCounter {
  inc(by?: number): void;
}
interface LabelledGauge<V extends Values> {
  set(labels: V, value: number): void;
}
interface LabelledHistogram<V extends Values> {
  observe(labels: V, value: number): void;
}

/** Makes series in `registry`, and keeps their declarations. A label takes the values of its declaration alone. */
export interface SeriesDeclarer {
  readonly declarations: readonly SeriesDeclaration[];
  gauge(name: string, help: string): PlainGauge;
  gaugeBy<V extends Values>(name: string, help: string, labels: LabelsOf<V>): LabelledGauge<V>;
  /** A gauge that is read when somebody asks for it. */
  readGauge(name: string, help: string, read: () => number): void;
  counter(name: string, help: string): PlainCounter;
  counterBy<V extends Values>(name: string, help: string, labels: LabelsOf<V>): Tally<V>;
  /** A counter that somebody else counts. */
  readCounter(name: string, help: string, read: () => number): void;
  histogramBy<V extends Values>(
    name: string,
    help: string,
    labels: LabelsOf<V>,
    buckets: readonly number[],
  ): LabelledHistogram<V>;
}

/** Opens `registry` for declarations. */
export function declareSeries(registry: Registry): SeriesDeclarer {
  const registers = [registry];
  const declarations: SeriesDeclaration[] = [];

  function note(type: SeriesDeclaration["type"], name: string, help: string, labels: SeriesDeclaration["labels"] = {}) {
    declarations.push({ name, type, help, labels });
    return { name, help, labelNames: Object.keys(labels), registers };
  }

  return {
    declarations,
    gauge: (name, help) => new Gauge(note("gauge", name, help)),
    gaugeBy(name, help, labels) {
      const gauge = new Gauge<string>(note("gauge", name, help, labels));
      const bound = createLabelBound(labels);
      return { set: (values, value) => gauge.set(bound(values), value) };
    },
    readGauge(name, help, read) {
      new Gauge({
        ...note("gauge", name, help),
        collect() {
          this.set(read());
        },
      });
    },
    counter: (name, help) => new Counter(note("counter", name, help)),
    counterBy: (name, help, labels) =>
      createTally({ ...note("counter", name, help, labels), bound: createLabelBound(labels) }),
    readCounter(name, help, read) {
      new Counter({
        ...note("counter", name, help),
        collect() {
          this.reset();
          this.inc(read());
        },
      });
    },
    histogramBy(name, help, labels, buckets) {
      const histogram = new Histogram<string>({ ...note("histogram", name, help, labels), buckets: [...buckets] });
      const bound = createLabelBound(labels);
      return { observe: (values, value) => histogram.observe(bound(values), value) };
    },
  };
}
