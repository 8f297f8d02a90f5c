/** A typo changes a letter or two of a word; more than two of five changed is another word. */
const MAX_CHANGED_SHARE = 0.4;

/** The word of a list that somebody may have meant; undefined where none is near (Levenshtein distance). */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((name) => ({ name, changes: distance(word.toLowerCase(), name.toLowerCase()) }))
    .toSorted((a, b) => a.changes - b.changes);
  return best !== undefined && best.changes <= best.name.length * MAX_CHANGED_SHARE
    ? best.name
    : undefined;
}

/** Letters to add, drop or change to make one word of the other; one row of Wagner and Fischer's table. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, letter] of from.split('').entries()) {
    const next = [index + 1];
    for (const [column, other] of to.split('').entries()) {
      const change = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(change, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
