// What of the shell is open.

export const open = $state({ palette: false, keys: false, payments: false });
