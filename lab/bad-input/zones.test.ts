import { giveAll } from './give-all.ts'
import { zones } from './zones.ts'

giveAll('zones', zones)
