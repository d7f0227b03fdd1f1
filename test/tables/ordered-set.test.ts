import { counterContract } from './contract/counter.js';
import { elementContract } from './contract/element.js';
import { insertContract } from './contract/insert.js';
import { keysContract } from './contract/keys.js';
import { lookupContract } from './contract/lookup.js';
import { removeContract } from './contract/remove.js';
import { selectContract } from './contract/select.js';
import { stepsContract } from './contract/steps.js';
import { runContracts } from './contract/subject.js';
import { tableContract } from './contract/table.js';
import { traverseContract } from './contract/traverse.js';

runContracts('ordered_set', [
  lookupContract,
  keysContract,
  insertContract,
  removeContract,
  counterContract,
  elementContract,
  selectContract,
  stepsContract,
  traverseContract,
  tableContract,
]);
