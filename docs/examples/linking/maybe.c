/* T8: provides maybe. */
int maybe(int var)
{
	return var * 2;
}
