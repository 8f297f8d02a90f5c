import manifest from '../package.json' with { type: 'json' };

/** Version of StepFit: all workspaces are released together. */
export const VERSION: string = manifest.version;
