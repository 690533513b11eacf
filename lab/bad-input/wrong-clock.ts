// Loaded before the program: a machine whose battery is empty wakes up a year ago.

const RealDate = Date
const off = -365 * 86_400_000

globalThis.Date = new Proxy(RealDate, {
  construct: (target, given: unknown[]): object =>
    given.length === 0 ? new target(target.now() + off) : Reflect.construct(target, given),
  get: (target, key): unknown =>
    key === 'now' ? () => RealDate.now() + off : Reflect.get(target, key),
})
