import { startHttpServer, type TestServer } from './httpServer.ts';

/** What an {@link startAnsweringServer} says, as JSON texts. Changed from one request to the next by the test. */
export interface Answers {
  list: string;
  /** Ends behind it. */
  watch: string;
  object: string;
}

/** An API server that has the same answer for each list, each watch and each object, whatever they are asked for. */
export async function startAnsweringServer(answers: Answers): Promise<TestServer> {
  return await startHttpServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://server');
    response.setHeader('Content-Type', 'application/json');
    if (url.searchParams.has('watch')) response.end(answers.watch);
    else response.end(/\/[a-z]+s$/.test(url.pathname) ? answers.list : answers.object);
  });
}
