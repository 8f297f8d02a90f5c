import { renderExplanation } from '@stepfit/api/format/explain-text';
import { PLAIN_STYLE } from '@stepfit/api/format/style';
import { describe, expect, it } from 'vitest';

import { explanation } from '../support/samples.ts';

describe('the explanation of a step in a terminal', () => {
  it('shows the replay, the risk, the CPU curve, the largest attempts and the newest', async () => {
    const text = renderExplanation(explanation(), { width: 100, style: PLAIN_STYLE });

    await expect(text).toMatchFileSnapshot('../../golden/explain.txt');
  });

  it('shows the reason and the attempts of a step without a suggestion', async () => {
    const skipped = explanation({
      suggestion: undefined,
      suggestionId: undefined,
      skip: { code: 'within-tolerance', detail: 'Memory: 4 GiB is within 10 % of the need.' },
    });
    const text = renderExplanation(skipped, { width: 80, style: PLAIN_STYLE });

    await expect(text).toMatchFileSnapshot('../../golden/explain-skip.txt');
  });
});
