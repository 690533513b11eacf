/** Colours by meaning. With `colour: false` every one of them is the identity. */
export type Paint = {
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly warn: (text: string) => string
  readonly dim: (text: string) => string
  readonly strong: (text: string) => string
}

const sgr = (open: number, close: number) => (text: string) =>
  `\u001b[${open}m${text}\u001b[${close}m`
const plain = (text: string) => text

export const paintOf = (colour: boolean): Paint =>
  colour
    ? {
        good: sgr(32, 39),
        bad: sgr(31, 39),
        warn: sgr(33, 39),
        dim: sgr(2, 22),
        strong: sgr(1, 22),
      }
    : { good: plain, bad: plain, warn: plain, dim: plain, strong: plain }
