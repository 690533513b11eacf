import type { Frame } from './page/layout.ts'
import type { Visitor } from './visitor.ts'

const secondFactor = { path: '/second-factor', title: 'Second factor' }
const everything = [{ path: '/', title: 'Home' }, { path: '/plan', title: 'Plan' }, secondFactor]

/** What a visitor may open. */
export const pagesFor = ({ may }: Visitor): Frame['pages'] =>
  may === 'everything' ? everything : may === 'themself' ? [secondFactor] : []

export const titleOf = (path: string): string =>
  everything.find((each) => each.path === path)?.title ?? 'Gatehouse'
