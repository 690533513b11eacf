import type { Paint } from './paint.ts'

/** What one way to reach a person came to; `says` and `hint` are null where it took the message. */
export type Tested = {
  readonly name: string
  readonly taken: boolean
  readonly says: string | null
  readonly hint: string | null
}

export const sayTested = (tested: readonly Tested[], paint: Paint): string =>
  tested
    .flatMap(({ name, taken, says, hint }) =>
      taken
        ? [`${paint.good('✓')} ${name} took it`]
        : [
            `${paint.bad('✗')} ${name}: ${says ?? ''}`,
            ...(hint === null ? [] : [`  ${paint.warn('hint:')} ${hint}`]),
          ],
    )
    .join('\n')
