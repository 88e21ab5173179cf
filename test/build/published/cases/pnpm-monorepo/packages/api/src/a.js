api;
