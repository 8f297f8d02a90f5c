import { formatCount, formatMoneyPerRun } from '../format/quantities.ts';

/** One line of what there is to do, or has happened. */
export interface NoticeLine {
  readonly flow: string;
  readonly step: string;
  readonly suggestionId: string;
  /** In words: `memory 16 GiB → 4 GiB`. */
  readonly change: string;
  /** Why, or since when. */
  readonly note?: string;
  readonly costUsdPerRun?: number;
}

/** The week of one owner. */
export interface Digest {
  readonly type: 'stepfit.digest';
  readonly project: string;
  readonly owner: string;
  /** Waiting for somebody: proposed, or accepted and contradicted since. What saves most first. */
  readonly toDo: readonly NoticeLine[];
  readonly happened: readonly NoticeLine[];
}

/** Something that happened without a person. */
export interface EventNotice {
  readonly type: 'stepfit.event';
  readonly project: string;
  readonly owner?: string;
  readonly event: string;
  readonly at: string;
  readonly line: NoticeLine;
}

export type Notice = Digest | EventNotice;

/** Longer lists are for the dashboard. */
const MOST_LINES = 10;

/** The notice as words: a heading, then a line for each thing. */
export function noticeWords(notice: Notice): { heading: string; lines: string[] } {
  if (notice.type === 'stepfit.event') {
    const { event, line, project } = notice;
    return {
      heading: `StepFit: ${EVENT_WORDS[event] ?? event} in ${project}`,
      lines: [lineWords(line)],
    };
  }
  const { toDo, happened, owner, project } = notice;
  const count = formatCount(toDo.length, 'suggestion');
  return {
    heading: `StepFit: ${count} for ${owner} in ${project}`,
    lines: [
      ...listed(toDo),
      ...(happened.length === 0 ? [] : ['Since last week:', ...listed(happened)]),
    ],
  };
}

const EVENT_WORDS: Readonly<Record<string, string>> = {
  apply: 'a value took effect',
  verify: 'a value is verified',
  'roll-back': 'a value was rolled back',
  stale: 'attempts contradict a value',
};

/** As Slack's incoming webhooks take it: plain text, and the same as blocks of mrkdwn. */
export function slackMessage(notice: Notice): object {
  const { heading, lines } = noticeWords(notice);
  const text = [heading, ...lines].join('\n');
  const blocks = [`*${escapeSlack(heading)}*`, escapeSlack(lines.join('\n'))]
    .filter((part) => part !== '')
    .map((part) => ({
      type: 'section',
      // An escape that is cut in two would be shown.
      text: { type: 'mrkdwn', text: part.slice(0, MOST_BLOCK_CHARACTERS).replace(/&[a-z]*$/, '') },
    }));
  return { text: escapeSlack(text), blocks };
}

/** Slack refuses sections of more than 3000 characters. */
const MOST_BLOCK_CHARACTERS = 3000;

/** Names come from people's code, and three characters mean something to Slack. */
function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function listed(lines: readonly NoticeLine[]): string[] {
  const more = lines.length - MOST_LINES;
  return [
    ...lines.slice(0, MOST_LINES).map(lineWords),
    ...(more > 0 ? [`… and ${more} more`] : []),
  ];
}

function lineWords({ flow, step, change, note, costUsdPerRun }: NoticeLine): string {
  const money = costUsdPerRun === undefined ? '' : `, ${formatMoneyPerRun(costUsdPerRun)}`;
  return `${flow}/${step}: ${change}${money}${note === undefined ? '' : ` (${note})`}`;
}
