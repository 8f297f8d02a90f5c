import { createTwoFilesPatch } from 'diff';

/** The change of a file, as `git apply` and `patch -p1` take it. */
export function unifiedDiff(path: string, before: string, after: string): string {
  const name = path.replaceAll('\\', '/').replace(/^\//, '');
  const patch = createTwoFilesPatch(`a/${name}`, `b/${name}`, before, after, '', '', {
    context: 3,
  });
  // The line of equals signs is Subversion's; git and patch pass it over, and people need not see it.
  return patch.replace(/^=+\n/, '');
}
