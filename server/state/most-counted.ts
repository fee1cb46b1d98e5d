/** of grants that would end by something: nobody needs to know more exactly, and no page is to count ten thousand */
export const MOST_COUNTED = 100
