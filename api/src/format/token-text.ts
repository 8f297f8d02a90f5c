import type { Token, TokenList } from '../http/schemas/tokens.ts';
import { formatTime } from './quantities.ts';
import { printable, type Style } from './style.ts';
import { type Column, renderTable } from './text-table.ts';

const COLUMNS: readonly Column<Token>[] = [
  { title: 'name', align: 'left', cell: ({ name }) => printable(name), shrinkTo: 12 },
  { title: 'role', align: 'left', cell: ({ role }) => role },
  { title: 'for', align: 'left', cell: (token) => printable(reachOf(token)), dropOrder: 2 },
  {
    title: 'made',
    align: 'left',
    cell: ({ createdAt, createdBy }) => `${formatTime(createdAt)} by ${printable(createdBy)}`,
    dropOrder: 3,
  },
  {
    title: 'last used',
    align: 'left',
    cell: ({ lastUsedAt }) => (lastUsedAt === undefined ? 'never' : formatTime(lastUsedAt)),
    dropOrder: 1,
  },
  { title: '', align: 'left', cell: revocationOf },
];

/** Tokens as a table; times in UTC. */
export function renderTokens(
  { tokens }: TokenList,
  options: { readonly width: number; readonly style: Style },
): string {
  if (tokens.length === 0) return 'There is no token but the one that the server was started with.';
  return renderTable(tokens, COLUMNS, options).join('\n');
}

/** `project vision`, `all projects`. */
export function reachOf({ project }: Pick<Token, 'project'>): string {
  return project === undefined ? 'all projects' : `project ${project}`;
}

function revocationOf({ revokedAt, revokedBy = '' }: Token): string {
  return revokedAt === undefined
    ? ''
    : `revoked ${formatTime(revokedAt)} by ${printable(revokedBy)}`;
}
