import { serve } from '../support/serve.js';
import { jobs } from './writer.jobs.js';

serve(jobs);
