import { findPackageJSON } from 'node:module'
import { dirname } from 'node:path'

/** The folder with our package.json: the checkout, or where npm installed us. The same from `src` and from `dist`. */
export const packageRoot: string = dirname(findPackageJSON('.', import.meta.url) ?? '.')
