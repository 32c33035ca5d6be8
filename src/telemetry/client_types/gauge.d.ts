/** The package types its main file alone. */
import { Gauge } from "@prometheus-io/client";

export default Gauge;
