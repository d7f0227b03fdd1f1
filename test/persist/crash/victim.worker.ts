import { workerData } from 'node:worker_threads';
import { type Orders, write } from './writing.js';

void write(workerData as Orders);
