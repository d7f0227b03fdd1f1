/** Says that a case cannot be measured on this side, and why: not a failure, but shown. */
export class LeftOut extends Error {}
