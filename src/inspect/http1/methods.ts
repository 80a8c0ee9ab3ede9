import { HTTPParser } from 'http-parser-js';

/** The request methods that are understood. */
export const METHODS: readonly string[] = HTTPParser.methods;
