web;
