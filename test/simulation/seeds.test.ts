/**
 * Nothing that must never happen happens in these seeds. Two files of them, so that two processors have work.
 */
import { checkSeeds } from './seeds.cases.ts'

checkSeeds(1, 150)
