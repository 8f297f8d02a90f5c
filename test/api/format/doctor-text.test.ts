import { renderChecks } from '@stepfit/api/format/doctor-text';
import { PLAIN_STYLE } from '@stepfit/api/format/style';
import { expect, it } from 'vitest';

it('shows what is well in a line and what is not with what to do', async () => {
  const text = renderChecks(
    [
      { name: 'server', state: 'ok', detail: 'http://127.0.0.1:4380 answers' },
      {
        name: 'attempts',
        state: 'warn',
        detail: 'none has arrived yet',
        hint: 'Run a flow with --with stepfit.',
      },
      { name: 'python', state: 'fail', detail: 'python3 does not run' },
    ],
    PLAIN_STYLE,
  );

  await expect(text).toMatchFileSnapshot('../../golden/doctor.txt');
});

it('says so when all is well', () => {
  const text = renderChecks([{ name: 'server', state: 'ok', detail: 'answers' }], PLAIN_STYLE);

  expect(text).toMatch(/All well\.$/);
});
