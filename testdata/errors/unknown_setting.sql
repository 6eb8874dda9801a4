SET paralelism = 4;
