import { HTTPParser } from 'http-parser-js';

/** The request methods that the parser knows. */
export const METHODS: readonly string[] = HTTPParser.methods;
