/**
 * Whether a name matches a glob: `*` stands for any number of characters but `/`, `?` for one of them,
 * anything else for itself. Linear in the name for each `*`, whatever the pattern (no regular expression).
 */
export function matchesGlob(pattern: string, name: string): boolean {
  let at = 0;
  let inPattern = 0;
  let star = -1;
  let starAt = 0;
  while (at < name.length) {
    const wanted = pattern[inPattern];
    if (wanted === '*') {
      star = inPattern;
      starAt = at;
      inPattern += 1;
    } else if (
      wanted !== undefined &&
      (wanted === name[at] || (wanted === '?' && name[at] !== '/'))
    ) {
      at += 1;
      inPattern += 1;
    } else if (star !== -1 && name[starAt] !== '/') {
      // The last `*` takes one character more, and matching goes on behind it.
      starAt += 1;
      at = starAt;
      inPattern = star + 1;
    } else {
      return false;
    }
  }
  while (pattern[inPattern] === '*') inPattern += 1;
  return inPattern === pattern.length;
}

/** Whether a glob of `FLOW` or `FLOW/STEP` covers a step; one without a slash covers all of a flow. */
export function coversStep(
  pattern: string,
  { flow, step }: { readonly flow: string; readonly step: string },
): boolean {
  return matchesGlob(pattern.includes('/') ? pattern : `${pattern}/*`, `${flow}/${step}`);
}
