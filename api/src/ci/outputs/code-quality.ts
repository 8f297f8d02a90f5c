import type { CiReport } from '../ci-report.ts';
import { inOneLine } from '../ci-words.ts';
import { fingerprint } from './fingerprint.ts';

/** GitLab’s code quality report, which is a subset of Code Climate’s. */
export function renderCodeQuality({ findings }: CiReport): string {
  const issues = findings.map((finding) => ({
    description: inOneLine(finding),
    check_name: `stepfit-${finding.kind}`,
    fingerprint: fingerprint(finding),
    severity: finding.isFailure ? 'major' : finding.kind === 'regression' ? 'minor' : 'info',
    location: { path: finding.place.path, lines: { begin: finding.place.line } },
  }));
  return JSON.stringify(issues, null, 2);
}
