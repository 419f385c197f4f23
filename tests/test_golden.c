static void test_golden(void){}
