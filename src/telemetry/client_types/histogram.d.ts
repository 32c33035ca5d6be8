/** The package types its main file alone. */
import { Histogram } from "@prometheus-io/client";

export default Histogram;
