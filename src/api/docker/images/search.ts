import { searchImages } from '../../../engine/images/search.ts';
import { searchFilter } from '../../../engine/images/search-filter.ts';
import { readCredentials } from '../../body/registry-auth.ts';
import { HttpProblem } from '../../http/problem.ts';
import { filters, number, text } from '../../route/query.ts';
import { json } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';
import { aFlag, aNumber, aText, listOf, objectOf } from '../../route/schema.ts';

const usualLimit = 25;

export const route = defineRoute({
  summary: 'Search registries for images',
  query: {
    term: text('what is looked for'),
    limit: number('so many of each registry; 25 otherwise', 1),
    filters: filters(),
  },
  answers: {
    200: {
      about: 'images',
      schema: listOf(
        objectOf({
          name: aText,
          description: aText,
          star_count: aNumber,
          is_official: aFlag,
          is_automated: aFlag,
        }),
      ),
    },
  },
  async handle({ engine, query, headers }) {
    if (!query.term) throw new HttpProblem(400, 'term: a word is needed');
    const fits = query.filters.map(searchFilter);
    const credentials = readCredentials(headers);
    const found = await searchImages(engine, {
      term: query.term,
      limit: query.limit ?? usualLimit,
      tlsVerify: true,
      authFile: null,
      ...(credentials !== null && { credentials }),
    });
    return json(
      found
        .filter((image) => fits.every((test) => test(image)))
        .map(({ name, description, stars, official, automated }) => ({
          name,
          description,
          star_count: stars,
          is_official: official,
          is_automated: automated,
        })),
    );
  },
});
