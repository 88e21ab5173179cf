page;
