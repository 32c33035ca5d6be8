/** Names by number, each kept for as long as somebody uses it: a node's name stands once, however many pods are on it. */
interface NameTable {
  /** The number of `name`, used once more. */
  acquire(name: string): number;
  /** Used once less. */
  release(number: number): void;
  nameOf(number: number): string;
  /** How often `name` is used now. */
  uses(name: string): number;
}

/** Creates an empty table. Number 0 is the empty name, which is not counted. */
export function createNameTable(): NameTable {
  const numbers = new Map<string, number>();
  const names: string[] = [""];
  const uses: number[] = [0];
  const free: number[] = [];
  return {
    acquire(name) {
      if (name === "") return 0;
      let number = numbers.get(name);
      if (number === undefined) {
        number = free.pop() ?? names.length;
        numbers.set(name, number);
        names[number] = name;
        uses[number] = 0;
      }
      uses[number] = (uses[number] ?? 0) + 1;
      return number;
    },
    release(number) {
      if (number === 0) return;
      const left = (uses[number] ?? 0) - 1;
      uses[number] = left;
      if (left > 0) return;
      numbers.delete(names[number] ?? "");
      names[number] = "";
      free.push(number);
    },
    nameOf: (number) => names[number] ?? "",
    uses: (name) => uses[numbers.get(name) ?? 0] ?? 0,
  };
}
