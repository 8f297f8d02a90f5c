/** Style of the files that hold a report; there is no script. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#1b1f24, #e6e8eb);
  --quiet: light-dark(#5b6470, #9aa4b0);
  --line: light-dark(#dfe3e8, #30363d);
  --paper: light-dark(#ffffff, #14171a);
  --panel: light-dark(#f6f7f9, #1c2126);
  --accent: light-dark(#0b62c4, #6cb2ff);
  --bad: light-dark(#b3261e, #ff8a80);
  --good: light-dark(#1a7f37, #5bd67f);
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem 1.5rem 4rem; max-width: 76rem;
  background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums;
}
header { display: flex; gap: 1rem; align-items: baseline; margin-bottom: 2rem; }
header strong { letter-spacing: .01em; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; font-weight: 650; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 2.5rem 0 .5rem; }
p { margin: .25rem 0; max-width: 48rem; }
a { color: var(--accent); text-underline-offset: .2em; }
.quiet, caption, th, footer { color: var(--quiet); }
.good { color: var(--good); } .bad { color: var(--bad); }
.tiles { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1.5rem 0; padding: 0; list-style: none; }
.tiles li { background: var(--panel); border-radius: .6rem; padding: .8rem 1.1rem; min-width: 11rem; }
.tiles b { display: block; font-size: 1.5rem; line-height: 1.2; font-weight: 650; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
caption { text-align: left; padding-bottom: .4rem; }
th { font-weight: 500; text-align: left; white-space: nowrap; }
th, td { padding: .45rem .9rem .45rem 0; border-bottom: 1px solid var(--line); vertical-align: baseline; }
td.number, th.number { text-align: right; white-space: nowrap; }
td.name { overflow-wrap: anywhere; min-width: 10rem; }
tr.chosen td { font-weight: 650; }
pre { background: var(--panel); border-radius: .6rem; padding: .8rem 1.1rem; overflow-x: auto; max-width: 60rem; }
code { font: .92em/1.5 ui-monospace, monospace; }
svg { display: block; max-width: 100%; }
.bar { fill: var(--line); } .bar-wasted { fill: var(--bad); opacity: .75; }
.dot { fill: var(--ink); opacity: .55; } .axis, .mark { stroke: var(--quiet); } .mark-new { stroke: var(--good); stroke-width: 2; }
.label { fill: var(--quiet); font-size: 12px; } .label-new { fill: var(--good); font-size: 12px; }
footer { margin-top: 3rem; font-size: .88rem; }
`;
