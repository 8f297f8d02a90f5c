import { registerHooks } from 'node:module';

/** Preloaded, it makes a process in which no package of @tensorflow is installed. */
registerHooks({
  resolve(specifier, context, next) {
    if (!specifier.startsWith('@tensorflow/')) return next(specifier, context);
    throw Object.assign(new Error(`Cannot find package '${specifier}'`), {
      code: 'ERR_MODULE_NOT_FOUND',
    });
  },
});
