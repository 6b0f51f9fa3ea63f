// What pickers offer: secrets by name and accounts. Asked for when a picker is first shown, and again after a minute.

import { call } from '../../api/client';
import type { AccountInfo, SecretInfo } from '../../api/types';

const STALE_MS = 60_000;

function asked<T>(ask: () => Promise<readonly T[]>): () => readonly T[] {
  let list = $state.raw<readonly T[]>([]);
  let at = -Infinity;
  return () => {
    if (Date.now() - at > STALE_MS) {
      at = Date.now();
      ask().then(
        (found) => (list = found),
        // Without the list a name can still be typed.
        () => (at = -Infinity),
      );
    }
    return list;
  };
}

export const secrets = asked<SecretInfo>(async () => (await call('secret.list', {})).secrets);
export const accounts = asked<AccountInfo>(async () => (await call('account.list', {})).accounts.filter((account) => account.kind === 'internal'));
