/** The package types its main file alone. */
import { Registry } from "@prometheus-io/client";

export default Registry;
