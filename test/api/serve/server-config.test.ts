import {
  checkServerConfig,
  isLoopback,
  parseRoles,
  type ServerConfig,
} from '@stepfit/api/serve/server-config';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import { describe, expect, it } from 'vitest';

function config(changes: Partial<ServerConfig> = {}): ServerConfig {
  return {
    host: '127.0.0.1',
    port: 0,
    dataDir: '.stepfit/data',
    roles: ['collector', 'tuner', 'api'],
    isInsecure: false,
    prices: EXAMPLE_PRICES,
    logLevel: 'silent',
    retentionDays: 30,
    hooks: [],
    network: 'on',
    ...changes,
  };
}

describe('what a server refuses to start with', () => {
  it.each(['0.0.0.0', '::', '192.168.1.5', 'example.org', '127.example.org'])(
    'listening on %s without a token',
    (host) => {
      expect(() => {
        checkServerConfig(config({ host }));
      }).toThrow(expect.objectContaining({ code: 'unsafe-listen' }));
    },
  );

  it('nothing, where there is a token or the risk is accepted', () => {
    expect(() => {
      checkServerConfig(config({ host: '0.0.0.0', token: 'secret' }));
      checkServerConfig(config({ host: '0.0.0.0', isInsecure: true }));
    }).not.toThrow();
  });

  it('a part of the roles on PGlite, which one process owns', () => {
    const roles = ['api'] as const;

    expect(() => {
      checkServerConfig(config({ roles }));
    }).toThrow(expect.objectContaining({ code: 'invalid-input' }));
    checkServerConfig(config({ roles, databaseUrl: 'postgres://localhost/stepfit' }));
  });
});

it.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1'])('%s is this machine only', (host) => {
  expect(isLoopback(host)).toBe(true);
});

describe('roles', () => {
  it('are all, one, or several', () => {
    expect(parseRoles('all')).toEqual(['collector', 'tuner', 'api']);
    expect(parseRoles('tuner')).toEqual(['tuner']);
    expect(parseRoles('api, collector')).toEqual(['collector', 'api']);
  });

  it.each(['', 'everything', 'api,nothing'])('"%s" is refused', (text) => {
    expect(() => parseRoles(text)).toThrow(expect.objectContaining({ code: 'invalid-input' }));
  });
});
