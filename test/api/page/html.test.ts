import { html } from '@stepfit/api/page/html';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('the html template', () => {
  it('escapes text and attributes, joins arrays, and leaves nothing for undefined', () => {
    const evil = `"><script>alert('x')</script>&`;
    const markup = html`<a title="${evil}">${[1, html`<b>${evil}</b>`]}${undefined}</a>`.toString();

    expect(markup).toBe(
      '<a title="&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;">1<b>&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;</b></a>',
    );
  });

  // Whatever a value holds, it cannot open a tag or leave its attribute.
  it('lets no value change the markup around it', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const inside = html`${value}`.toString();

        expect(inside).not.toMatch(/[<>"']/);
      }),
    );
  });
});
