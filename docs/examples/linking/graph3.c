/* S8: the end of one → two → three. */
int three(int var)
{
	return var + 3;
}
