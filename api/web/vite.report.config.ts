import { join } from 'node:path';

import { defineConfig } from 'vite';

/** The report as a file: one script and one style, which the server writes into a page with the data. */
export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: 'dist/report',
    emptyOutDir: true,
    target: 'es2023',
    cssCodeSplit: false,
    reportCompressedSize: false,
    lib: {
      entry: join(import.meta.dirname, 'src', 'report', 'main.tsx'),
      formats: ['iife'],
      name: 'stepfitReport',
      fileName: () => 'report.js',
      cssFileName: 'report',
    },
  },
});
