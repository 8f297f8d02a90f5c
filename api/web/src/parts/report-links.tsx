import type { JSX } from 'preact';

import { restAddress, send } from '../api/request.ts';
import { useBrowsing } from '../browsing.ts';
import { useToast } from './toast.tsx';

const FORMATS = [
  { name: 'HTML', path: '/report.html', file: 'stepfit-report.html' },
  { name: 'Markdown', path: '/report.md', file: 'stepfit-report.md' },
  { name: 'CSV', path: '/report.csv', file: 'stepfit-report.csv' },
  { name: 'JSON', path: '/report', file: 'stepfit-report.json' },
] as const;

/** The report as a file; fetched rather than linked, since a link cannot send a token. */
export function ReportLinks({ flow }: { readonly flow?: string }): JSX.Element {
  const { filters } = useBrowsing();
  const say = useToast();
  async function save({ path, file }: (typeof FORMATS)[number]): Promise<void> {
    try {
      const answer = await send(
        restAddress(path, { ...filters, ...(flow !== undefined && { flow }) }),
      );
      const link = document.createElement('a');
      link.href = URL.createObjectURL(await answer.blob());
      link.download = file;
      link.click();
      URL.revokeObjectURL(link.href);
    } catch (error) {
      say(error instanceof Error ? error.message : 'The report could not be made.', true);
    }
  }
  return (
    <span class="nowrap">
      Report as{' '}
      {FORMATS.map((format) => (
        <button key={format.name} type="button" class="plain" onClick={() => void save(format)}>
          {format.name}
        </button>
      ))}
    </span>
  );
}
