import { type Command, Option } from 'commander';

import { TOKEN_ROLES, type TokenRole } from '../../access/access.ts';
import { createApiClient } from '../../client/api-client.ts';
import { printable } from '../../format/style.ts';
import { reachOf, renderTokens } from '../../format/token-text.ts';
import type { TokenList } from '../../http/schemas/tokens.ts';
import { type DecisionOptions, decisionActor, toDecision } from '../decision-options.ts';
import { type ClientOptions, clientOptions } from '../program-options.ts';
import type { Terminal } from '../terminal.ts';

type ChangeOptions = ClientOptions & DecisionOptions;
type CreateOptions = ChangeOptions & { readonly role: TokenRole; readonly allProjects: boolean };

/** `stepfit token create|list|revoke`: who may ask the server, and for what. */
export function addTokenCommand(program: Command, terminal: Terminal): void {
  const token = program
    .command('token')
    .summary('who may ask the server, and for what: create, list, revoke')
    .description('Makes, lists and revokes tokens with names; needs a token that may manage them.');
  addCreate(token, terminal);
  addList(token, terminal);
  addRevoke(token, terminal);
}

function addCreate(token: Command, terminal: Terminal): void {
  const command = token
    .command('create')
    .description(
      'Makes a token for the project and prints it: this once, since only its hash is kept.',
    )
    .argument('<name>', 'what is done with the token is done in this name, for example ci')
    .addOption(
      new Option('--role <role>', 'what it may do').choices(TOKEN_ROLES).makeOptionMandatory(),
    )
    .option('--all-projects', 'for every project', false);
  for (const option of [...clientOptions(), decisionActor()]) command.addOption(option);
  command.action(async (name: string, options: CreateOptions) => {
    const { role, allProjects } = options;
    const { actor } = toDecision(options);
    const made = await createApiClient(options).createToken({ name, role, allProjects, actor });
    if (options.json) {
      terminal.print(JSON.stringify(made, null, 2));
      return;
    }
    terminal.print(made.token);
    terminal.warn(
      `${printable(name)}: ${role}, ${reachOf(made)}. It is not shown again; \`stepfit token revoke ${printable(name)}\` ends it.`,
    );
  });
}

function addList(token: Command, terminal: Terminal): void {
  const command = token
    .command('list')
    .description('Lists the tokens that reach the project: their roles and when they were used.');
  for (const option of clientOptions()) command.addOption(option);
  command.action(async (options: ClientOptions) => {
    print(await createApiClient(options).tokens(), options, terminal);
  });
}

function addRevoke(token: Command, terminal: Terminal): void {
  const command = token
    .command('revoke')
    .description('Ends a token at once; its name stays in what was done with it.')
    .argument('<name>', 'the name of the token');
  for (const option of [...clientOptions(), decisionActor()]) command.addOption(option);
  command.action(async (name: string, options: ChangeOptions) => {
    const { actor } = toDecision(options);
    print(await createApiClient(options).revokeToken(name, { actor }), options, terminal);
  });
}

function print(list: TokenList, { json }: ClientOptions, terminal: Terminal): void {
  terminal.print(json ? JSON.stringify(list, null, 2) : renderTokens(list, terminal));
}
