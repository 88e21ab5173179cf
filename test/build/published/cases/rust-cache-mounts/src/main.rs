fn main() { serve() }
