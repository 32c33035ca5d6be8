/** The package types its main file alone. */
import { Counter } from "@prometheus-io/client";

export default Counter;
