// Takes the clock and the dice away: code sees the run's time and a generator seeded by the run and the step, the same each time.
(function (now, random) {
  'use strict';
  const Native = globalThis.Date;
  function Date(...parts) {
    if (new.target === undefined) return new Native(now).toString();
    return Reflect.construct(Native, parts.length === 0 ? [now] : parts, new.target);
  }
  const fixed = (object, name, value) => Object.defineProperty(object, name, { value, writable: true, configurable: true });
  Object.defineProperty(Date, 'prototype', { value: Native.prototype, writable: false });
  Object.defineProperty(Date, 'length', { value: 7, configurable: true });
  fixed(Native.prototype, 'constructor', Date);
  fixed(Date, 'now', function now_() { return now; });
  fixed(Date, 'parse', Native.parse);
  fixed(Date, 'UTC', Native.UTC);
  fixed(globalThis, 'Date', Date);
  fixed(Math, 'random', function random_() { return random(); });
})
