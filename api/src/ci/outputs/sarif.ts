import { VERSION } from '../../version.ts';
import type { CiReport } from '../ci-report.ts';
import { inOneLine } from '../ci-words.ts';
import { fingerprint } from './fingerprint.ts';

const RULES = {
  regression: 'A step uses more than on the base branch',
  waste: 'A step asks for more than it needs',
} as const;

/** SARIF 2.1.0 (OASIS), as code scanning takes it. */
export function renderSarif({ findings }: CiReport): string {
  const rules = Object.entries(RULES).map(([id, text]) => ({
    id,
    shortDescription: { text },
    defaultConfiguration: { level: id === 'regression' ? 'warning' : 'note' },
  }));
  const results = findings.map((finding) => ({
    ruleId: finding.kind,
    ruleIndex: Object.keys(RULES).indexOf(finding.kind),
    level: finding.isFailure ? 'error' : finding.kind === 'regression' ? 'warning' : 'note',
    message: { text: inOneLine(finding) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI(finding.place.path) },
          region: { startLine: finding.place.line },
        },
      },
    ],
    partialFingerprints: { 'stepfitFinding/v1': fingerprint(finding) },
  }));
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 'StepFit', version: VERSION, rules } }, results }],
  };
  return JSON.stringify(log, null, 2);
}
